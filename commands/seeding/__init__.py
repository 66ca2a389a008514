"""Made-up rows of any number, each a pure function of the plan and the row's own number.

`plan` says how many, `draws` is where chance comes from, `words` what things are called, `rows` makes the rows.
Nothing is remembered from one row to the next, so a table of a million rows takes no more memory than one of ten.
"""
