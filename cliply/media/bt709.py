"""Every picture becomes BT.709 in limited range, whatever its source has."""

HD_HEIGHT = 720
"""Pictures this high without colour tags are BT.709, lower ones BT.601."""

BT709_TAGS = "setparams=colorspace=bt709:color_primaries=bt709:color_trc=bt709:range=limited"

TO_BT709 = "out_color_matrix=bt709:out_range=limited"
"""Options of `scale` for standard dynamic range."""

HDR_TO_SDR = (
    "zscale=min=2020_ncl:pin=2020:t=linear:npl=203,format=gbrpf32le,zscale=p=709,"
    "tonemap=mobius:desat=0,zscale=t=709:m=709:r=limited"
)
"""With reference white at 203 cd/m2 (ITU-R BT.2408)."""


def scaled(width: int, height: int, *, keeps_colour: bool) -> str:
    """To this size and square pixels; colours stay what they are when a tone curve follows."""
    colour = "" if keeps_colour else f":{TO_BT709}"
    return f"scale={width}:{height}:flags=bicubic{colour},setsar=1"
