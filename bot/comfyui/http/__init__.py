"""HTTP to any kind of server: bounded bodies, bounded connections, and every fault as an error of `bot.errors`."""
