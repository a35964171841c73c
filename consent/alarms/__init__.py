"""What is wrong with a site or the service: looked for each minute, told to people, and shown with what is over."""

from consent.alarms.board import Standing, board
from consent.alarms.outlet import Outlet, trial
from consent.alarms.watching import Alarms

__all__ = ["Alarms", "Outlet", "Standing", "board", "trial"]
