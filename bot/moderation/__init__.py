"""What moderators decide, without Discord's buttons: rules are applied to requests, acts are carried out and logged."""
