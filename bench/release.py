"""How soon a bad version's traffic is back: from the first bad reading to the endpoint's answer that all is as before.

    python bench/release.py [interval in seconds, default 2]

Serves the example organisation's dev environment on the local Azure, lets callers call, and releases a version whose
answers are errors. Prints the seconds between the reading and the update's answer, and those between the reading and
the last error that a caller saw. The limit is one analysis interval and two seconds.
"""

from __future__ import annotations

import sys
import tempfile
from datetime import datetime
from pathlib import Path

from tests.seawall.delivery.control.serving import callers, register, release_file, run
from tests.served import start


def main() -> None:
    interval = float(sys.argv[1]) if sys.argv[1:] else 2.0
    folder = Path(tempfile.mkdtemp(prefix="seawall-bench-"))
    served = start(folder, "dev")
    try:
        register(served, folder)
        first = run(served, "start", release_file(folder, "1", strategy="direct"))
        assert first.code == 0, first.error
        file = release_file(
            folder, "2", interval=f"{round(interval * 1000)}ms", variables={"FAILS": "yes"}, smokeTests=[]
        )
        with callers(served) as told:
            ran = run(served, "start", file)
        assert ran.code == 1, ran.error
        report(ran.events, interval, sum(number for (status, _), number in told.answers.items() if status != 200))
    finally:
        served.stop()


def report(events: list[dict], interval: float, errors: int) -> None:
    reading = next(
        event for event in events
        if event.get("answer") == "measured" and event["candidate"]["errors"]
    )  # fmt: skip
    back = next(event for event in events if event.get("event") == "moved" and event["state"]["outcome"])
    seconds = (moment(back) - moment(reading)).total_seconds()
    took = next(event["seconds"] for event in events[events.index(back) :] if event.get("action") == "SetEndpoint")
    print(f"analysis interval                          {interval:7.2f} s")
    print(f"first bad reading to all traffic back      {seconds:7.2f} s   (limit {interval + 2:.2f} s)")
    print(f"  of it the endpoint's update              {took:7.2f} s")
    print(f"reading itself                             {reading['seconds']:7.2f} s")
    print(f"requests that callers saw fail             {errors:7d}")


def moment(event: dict) -> datetime:
    return datetime.fromisoformat(event["at"])


if __name__ == "__main__":
    main()
