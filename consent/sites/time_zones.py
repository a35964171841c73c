"""The time zone of a site, for the days of tag schedules."""

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

UTC = "UTC"


def time_zone(name: str) -> ZoneInfo | None:
    """Return the IANA time zone `name`, or None for UTC. Raises ValueError for an unknown name."""
    if name == UTC:
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, OSError) as error:  # OSError: the name of a folder
        raise ValueError(name) from error


def is_time_zone(name: str) -> bool:
    """Return whether `name` is an IANA time zone."""
    try:
        time_zone(name)
    except ValueError:
        return False
    return True
