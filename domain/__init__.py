"""Pure decisions: availability, money, slugs, errors; standard library only."""
