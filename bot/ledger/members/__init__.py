"""What members have set for themselves, and which of them still have to be told that a job is over."""
