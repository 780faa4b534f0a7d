"""What moderators have set and done, without Discord’s buttons: the rules asked, the acts carried out and logged."""
