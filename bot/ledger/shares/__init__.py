"""What each guild gets of what all of them share: turns of the servers, and room in the database."""
