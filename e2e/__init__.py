"""The built page in a real browser: journeys, bench and screenshot."""
