"""A small, believable data set to explore: what a stranger meets first.

All people, organisations and occasions are invented; cities are real for the sake of their zones and currencies.
`content` says what can be written down, `lodges`, `festivals`, `harbours` and `conventions` write it, `build` turns it
into rows, `load` puts them into an empty database.
"""

from commands.demonstration.load import load_demonstration

__all__ = ["load_demonstration"]
