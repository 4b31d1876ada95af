"""Measuring the service: a real one in its own process, under the load of people who only look real."""
