"""The measurements: each figure beside what it is to be compared with, in one run on one machine."""
