"""Send requests to Discord within its rate limits, and interpret its refusals."""
