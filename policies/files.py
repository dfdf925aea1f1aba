"""Reads the data files of the policies: YAML, checked by a strict model, every error at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

M = TypeVar("M", bound=BaseModel)


class InvalidFile(Exception):
    """A data file that can't be used. `errors` has one line for each fault, with the path in the file."""

    def __init__(self, path: Path, errors: list[str]) -> None:
        self.path = path
        self.errors = errors
        super().__init__("\n".join(errors))


def read(path: Path, model: type[M]) -> M:
    """The file as the model. Raises `InvalidFile`.

    Every scalar is read as text, so that an unquoted date, `yes` or `1.10` is what was written.
    """
    try:
        content: Any = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
    except FileNotFoundError:
        raise InvalidFile(path, [f"{path}: there is no such file"]) from None
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidFile(path, [f"{path}: can't be read as UTF-8 text: {error}"]) from None
    except yaml.YAMLError as error:
        raise InvalidFile(path, [f"{path}: not YAML: {' '.join(str(error).split())}"]) from None
    try:
        return model.model_validate(content if content else {})
    except ValidationError as invalid:
        errors = [f"{path}: {_place(error['loc'])}{error['msg']}" for error in invalid.errors()]
        raise InvalidFile(path, errors) from None


def _place(location: tuple[int | str, ...]) -> str:
    place = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location).lstrip(".")
    return f"{place}: " if place else ""
