"""Alarms: check sites and the service every minute, notify operators, and list active and past alarms."""

from consent.alarms.monitor import Alarms
from consent.alarms.notifier import Notifier, send_test
from consent.alarms.status import AlarmStatus, alarm_statuses

__all__ = ["AlarmStatus", "Alarms", "Notifier", "alarm_statuses", "send_test"]
