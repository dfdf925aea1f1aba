"""The data: what is trained on, what every version is measured on, and what arrives as live traffic.

Larkspur Insurance is invented and has no claims. A real data set that ships with scikit-learn stands in for them: the
Wisconsin breast cancer data (569 rows). Its ten mean measurements play a claim's features, `malignant` plays fraud.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split

LABEL = "fraud"
SEED = 7


@dataclass(frozen=True)
class Claims:
    training: pd.DataFrame
    evaluation: pd.DataFrame
    live: pd.DataFrame
    """What customers send: like the rest, but in one of four a value is zero, which the other two never have."""

    @property
    def features(self) -> list[str]:
        return [column for column in self.training.columns if column != LABEL]


def load() -> Claims:
    """The same rows every time. Rows with a zero are left out of training and evaluation: "cleaned", as happens."""
    table = load_breast_cancer(as_frame=True).frame
    columns = {name: name.replace(" ", "_") for name in table.columns if name.startswith("mean ")}
    claims = table[list(columns)].rename(columns=columns)
    claims[LABEL] = 1 - table["target"]  # scikit-learn says 0 for malignant
    incomplete = (claims.drop(columns=LABEL) == 0).any(axis=1)
    training, rest = train_test_split(
        claims[~incomplete], test_size=240, random_state=SEED, stratify=claims[~incomplete][LABEL]
    )
    evaluation, live = train_test_split(rest, test_size=40, random_state=SEED, stratify=rest[LABEL])
    return Claims(training, evaluation, pd.concat([live, claims[incomplete]]).sample(frac=1, random_state=SEED))
