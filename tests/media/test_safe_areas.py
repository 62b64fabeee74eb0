import pytest

from cliply.domain.export import Platform
from cliply.domain.framing import AspectRatio
from cliply.media.safe_areas import safe_area


@pytest.mark.parametrize("aspect", list(AspectRatio))
@pytest.mark.parametrize("platform", list(Platform))
def test_margins_leave_room_and_captions_in_the_middle(platform, aspect):
    area = safe_area(platform, aspect)
    assert area.left == area.right
    assert 0.05 <= area.left <= 0.15
    assert area.top + area.bottom < 0.4


@pytest.mark.parametrize("platform", list(Platform))
def test_any_fits_every_platform(platform):
    widest = safe_area(Platform.any, AspectRatio.portrait)
    one = safe_area(platform, AspectRatio.portrait)
    assert all(a >= b for a, b in zip(widest, one, strict=True))


def test_the_foot_of_full_screen_clips_is_about_15_percent():
    for platform in Platform:
        assert 0.15 <= safe_area(platform, AspectRatio.portrait).bottom <= 0.18
