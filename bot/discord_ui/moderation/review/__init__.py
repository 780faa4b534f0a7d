"""What moderators decide: approvals, reports, and why a job failed."""
