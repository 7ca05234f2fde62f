"""Benchmarks, each beside a no-op discord.py bot in the same run: `python -m benchmarks NAME [--quick]`.

A machine's speed comes and goes, so what is compared is measured in turns and reported as a ratio. The last line a
benchmark prints is one JSON object with its figures; a figure that was not measured is null.
"""
