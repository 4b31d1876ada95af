"""The tables, by what they describe. Foreign keys go across these files, so whoever knows one knows all."""

from store.tables import delivery, people, reports, staff, talk, workers

__all__ = ["delivery", "people", "reports", "staff", "talk", "workers"]
