"""Proxies of the environment: another machine that would be sent passages."""

from __future__ import annotations

import os


def bypass(*hosts: str) -> None:
    """Requests to these hosts go there directly, by whatever library that obeys the environment.

    Both spellings get the hosts of both: the small letters win, and would take away what the capitals say.
    """
    named = [each.strip() for name in ("NO_PROXY", "no_proxy") for each in os.environ.get(name, "").split(",")]
    for name in ("NO_PROXY", "no_proxy"):
        os.environ[name] = ",".join(dict.fromkeys(filter(None, [*named, *hosts])))
