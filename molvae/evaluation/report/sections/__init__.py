"""The parts of a report, one file for each: from gathered data to HTML."""
