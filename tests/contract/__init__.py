"""The contract with Discord: `check_request` finds what Discord would refuse in a request of the bot."""

from .adapters import check_loopback, check_request, check_simcord

__all__ = ["check_loopback", "check_request", "check_simcord"]
