"""HTML elements that send to the browser only what has changed."""

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from nicegui.element import Element
from nicegui.elements.mixins.text_element import TextElement

Item = TypeVar("Item")


class Tag(TextElement):
    """An HTML element with a text and attributes. As a context manager it takes children.

    Attributes are named as in HTML, with `_` for `-`. The text is never read as markup.
    """

    def __init__(self, tag: str, text: str = "", *, classes: str = "", **attributes: str) -> None:
        super().__init__(tag=tag, text=text)
        self.classes(classes)
        self._attributes: dict[str, str] = {}
        for name, value in attributes.items():
            self.attribute(name.replace("_", "-"), value)

    def say(self, text: str) -> None:
        """Set the text. An unchanged text is not sent again."""
        if text != self.text:
            self.text = text

    def attribute(self, name: str, value: str) -> None:
        """Set an attribute. An unchanged value is not sent again."""
        if self._attributes.get(name) != value:
            self._attributes[name] = self.props[name] = value

    def mark_as(self, name: str, *, on: bool) -> None:
        """Add a class, or remove it."""
        self.classes(add=name) if on else self.classes(remove=name)


class Repeated(Generic[Item]):
    """Children of an element, one for each item. A child is kept as long as its item.

    A kept child is not made again. So what a person has opened, focused or selected stays so.
    """

    def __init__(
        self,
        parent: Element,
        key: Callable[[Item], str],
        build: Callable[[Item], tuple[Tag, Callable[[Item], None]]],
    ) -> None:
        """Fill `parent`. `build` makes an item's element, and the function that updates it."""
        self._parent = parent
        self._key = key
        self._build = build
        self._kept: dict[str, tuple[Tag, Callable[[Item], None]]] = {}
        self._order: list[str] = []

    def show(self, items: Sequence[Item]) -> None:
        """Show these items in this order. Each key must be unique."""
        keys = [self._key(item) for item in items]
        for key in set(self._kept) - set(keys):
            self._kept.pop(key)[0].delete()
            self._order.remove(key)
        for index, (key, item) in enumerate(zip(keys, items, strict=True)):
            if key not in self._kept:
                with self._parent:
                    self._kept[key] = self._build(item)
                self._order.append(key)
            element, update = self._kept[key]
            update(item)
            if self._order[index] != key:
                element.move(target_index=index)
                self._order.remove(key)
                self._order.insert(index, key)
