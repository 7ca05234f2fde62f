"""The cheapest one-to-one matching of seats to groups' turns (the Hungarian method)."""

from __future__ import annotations

from collections.abc import Sequence


def cheapest_matching(costs: Sequence[Sequence[int]]) -> list[int]:
    """For each row its column, no column twice, at the least total cost. There are at least as many columns as rows.

    Shortest augmenting paths with potentials: each row enters in turn, and may push the rows before it aside.
    """
    rows, columns = len(costs), len(costs[0]) if costs else 0
    if rows > columns:
        raise ValueError(f"{rows} rows cannot each have one of {columns} columns")
    row_price, column_price = [0] * rows, [0] * columns
    owner: list[int] = [-1] * columns
    for newcomer in range(rows):
        distance: list[int | None] = [None] * columns
        reached_from = [-1] * columns
        waiting = set(range(columns))
        done: list[int] = []
        row, last, travelled = newcomer, -1, 0
        while True:
            nearest, least = -1, None
            base, line = travelled - row_price[row], costs[row]
            for column in waiting:
                through, known = base + line[column] - column_price[column], distance[column]
                if known is None or through < known:
                    distance[column] = known = through
                    reached_from[column] = last
                if least is None or known < least or (known == least and column < nearest):
                    nearest, least = column, known
            assert least is not None
            waiting.remove(nearest)
            travelled, last = least, nearest
            if owner[nearest] < 0:
                break
            done.append(nearest)
            row = owner[nearest]
        row_price[newcomer] += travelled
        for column in done:
            shift = travelled - (distance[column] or 0)
            row_price[owner[column]] += shift
            column_price[column] -= shift
        while last >= 0:  # each row on the path moves to the column it was reached through
            before = reached_from[last]
            owner[last] = owner[before] if before >= 0 else newcomer
            last = before
    matched = [-1] * rows
    for column, row in enumerate(owner):
        if row >= 0:
            matched[row] = column
    return matched
