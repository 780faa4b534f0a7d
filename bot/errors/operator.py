"""Errors that the operator has to fix."""

from bot.errors.root import DarkroomError


class SettingsError(DarkroomError):
    """One or more settings are wrong. `faults` holds a sentence for the operator about each."""

    def __init__(self, faults: tuple[str, ...]) -> None:
        super().__init__("; ".join(faults))
        self.faults = faults


class EnvFileUnwritten(DarkroomError):  # noqa: N818 - the tree reads as what happened, not as *Error
    """The settings file could not be written and is unchanged. `reason` comes from the operating system."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class AlreadyRunning(DarkroomError):  # noqa: N818 - the tree reads as what happened, not as *Error
    """Another process uses what this `setting` names, at this `path`. `who` names the process, and since when."""

    def __init__(self, path: str, who: str, setting: str = "DATA_DIR") -> None:
        super().__init__(f"{path}: {who}")
        self.path = path
        self.who = who
        self.setting = setting


class PortTaken(DarkroomError):  # noqa: N818 - the tree reads as what happened, not as *Error
    """Nothing can be served at this `address`, which the `setting` names. `reason` comes from the operating system."""

    def __init__(self, address: str, reason: str, setting: str = "HTTP_PORT") -> None:
        super().__init__(f"{address}: {reason}")
        self.address = address
        self.reason = reason
        self.setting = setting
