"""Calendars at secret addresses, for the programs that people subscribe with."""
