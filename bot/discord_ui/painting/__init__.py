"""The paint page's side of Discord: its links, and the requests that come through them."""
