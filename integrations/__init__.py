"""Outside sources: readers of schedules in foreign formats."""
