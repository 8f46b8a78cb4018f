"""What is too vague to work with, in the languages customers write."""

import pytest

from shared.policy.grades import too_vague


@pytest.mark.parametrize(
    "text",
    [
        "不好用", "这个产品很不好用", "产品坏了，不能用了！", "有问题有问题有问题", "It doesn't work.", "It doesn’t work at all!!!",
        "The device is broken, please help", "bad bad bad bad bad", "Das Gerät funktioniert nicht", "El producto no funciona", "hm",
    ],
)  # fmt: skip
def test_says_nothing(text: str):
    assert too_vague(text)


@pytest.mark.parametrize(
    "text",
    [
        "屏幕花屏，开机两小时后黑屏，坏了", "电源有问题：插上即跳闸", "Screen flickers and is broken after two hours",
        "defective solder joint at connector J4", "Display bleibt nach dem Einschalten dunkel, defekt",
    ],
)  # fmt: skip
def test_says_what_happens_even_with_a_vague_word_in_it(text: str):
    assert too_vague(text) is None
