"""How this installation looks at pictures."""

import dagster as dg

from cliply.domain.frames import ScanMode, ScanSettings
from cliply.domain.scenes import CutRule


class Scanning(dg.ConfigurableResource[None]):
    """Exact or fast, and whose cuts."""

    mode: str = ScanMode.exact.value
    cuts: str = CutRule.content.value

    @property
    def settings(self) -> ScanSettings:
        return ScanSettings(mode=ScanMode(self.mode), cuts=CutRule(self.cuts))

    @property
    def signature(self) -> tuple[str, str]:
        """Changes whenever the same source could look otherwise."""
        return self.mode, self.cuts
