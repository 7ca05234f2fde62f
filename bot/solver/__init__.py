"""Solvers that need more than Python: imported only where a plan is made."""
