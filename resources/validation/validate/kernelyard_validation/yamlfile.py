# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the part of YAML 1.2 that the suites are written in, as containers have no YAML library for certain.

Block mappings and sequences, flow mappings and sequences within one line, plain and quoted scalars, folded and literal
text (>-, >, |-, |), comments. Anchors, tags, several documents and tabs are refused. Every error names its line.
"""

import re


class YamlError(ValueError):
    pass


NUMBER = re.compile(r"[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?$")
WORDS = {"true": True, "false": False, "null": None, "~": None, "": None}
KEY = re.compile(r"""("(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^\s#"'\[\]{},&*!|>%@`-][^#:]*?|-[^\s#:][^#:]*?)\s*:(?:\s+|$)""")


def scalar(text):
    """A plain or quoted scalar's value."""
    if text.startswith('"'):
        return re.sub(r"\\(.)", lambda found: {"n": "\n", "t": "\t"}.get(found[1], found[1]), text[1:-1])
    if text.startswith("'"):
        return text[1:-1].replace("''", "'")
    if text in WORDS:
        return WORDS[text]
    if NUMBER.match(text):
        return int(text) if re.fullmatch(r"[-+]?\d+", text) else float(text)
    return text


def without_comment(text):
    quote = None
    for place, letter in enumerate(text):
        if quote:
            quote = None if letter == quote and not (quote == '"' and text[place - 1] == "\\") else quote
        elif letter in "\"'" and (place == 0 or text[place - 1] in " [{,:"):
            quote = letter
        elif letter == "#" and (place == 0 or text[place - 1] == " "):
            return text[:place].rstrip()
    return text.rstrip()


class Flow:
    """A value written within one line."""

    TOKEN = re.compile(r"""\s*("(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[\[\]{},]|:(?=\s)|(?:[^\s\[\]{},:]|:(?=\S)|\s+(?=[^\s\[\]{},:]))+)""")

    def __init__(self, text):
        self.tokens = [token.strip() for token in self.TOKEN.findall(text)]

    def value(self):
        if not self.tokens:
            raise YamlError("a value is missing")
        token = self.tokens.pop(0)
        if token == "[":
            return self.items("]", self.value)
        if token == "{":
            return dict(self.items("}", self.pair))
        if token in "]},:":
            raise YamlError(f'"{token}" stands where a value should')
        return scalar(token)

    def items(self, end, read):
        found = []
        while self.tokens and self.tokens[0] != end:
            found.append(read())
            if self.tokens and self.tokens[0] == ",":
                self.tokens.pop(0)
            elif self.tokens and self.tokens[0] != end:
                raise YamlError(f'"," or "{end}" is missing before "{self.tokens[0]}"')
        if not self.tokens:
            raise YamlError(f'"{end}" is missing')
        self.tokens.pop(0)
        return found

    def pair(self):
        key = self.value()
        if not self.tokens or self.tokens.pop(0) != ":":
            raise YamlError(f'":" is missing after "{key}"')
        return key, self.value()


class Reader:
    def __init__(self, text):
        self.lines = text.split("\n")
        self.at = 0

    def fail(self, why):
        raise YamlError(f"line {self.at + 1}: {why}")

    def peek(self):
        """(indentation, text without comment) of the next line that says something; None at the end."""
        while self.at < len(self.lines):
            line = self.lines[self.at]
            text = without_comment(line)
            if text.strip():
                if "\t" in line[:len(line) - len(line.lstrip())]:
                    self.fail("a tab can't indent")
                if text.startswith(("---", "...", "%")):
                    self.fail("only one document, without directives")
                return len(text) - len(text.lstrip()), text.strip()
            self.at += 1
        return None

    def block(self, indent):
        _, text = self.peek()
        return self.sequence(indent) if text == "-" or text.startswith("- ") else self.mapping(indent)

    def sequence(self, indent):
        found = []
        while (line := self.peek()) and line[0] == indent and (line[1] == "-" or line[1].startswith("- ")):
            rest = line[1][1:].lstrip()
            if not rest:
                self.at += 1
                found.append(self.nested(indent))
            elif rest[0] not in "[{\"'" and KEY.match(rest):
                # The first key of a mapping stands beside the dash: the mapping begins where it stands.
                inner = indent + len(line[1]) - len(rest)
                self.lines[self.at] = " " * inner + rest
                found.append(self.mapping(inner))
            else:
                found.append(self.inline(rest, indent))
        return found

    def mapping(self, indent):
        found = {}
        while (line := self.peek()) and line[0] == indent and not line[1].startswith("- "):
            match = KEY.match(line[1])
            if not match:
                self.fail(f'"{line[1]}" is no "key: value"')
            key = scalar(match[1])
            if key in found:
                self.fail(f'"{key}" stands twice')
            rest = line[1][match.end():]
            if rest:
                found[key] = self.inline(rest, indent)
            else:
                self.at += 1
                found[key] = self.nested(indent)
        if line and line[0] > indent:
            self.fail("is indented too far")
        return found

    def nested(self, indent):
        line = self.peek()
        if line and (line[0] > indent or (line[0] == indent and line[1].startswith("- "))):
            return self.block(line[0])
        return None

    def inline(self, text, indent):
        """The value beside a key or dash; takes its lines."""
        if re.fullmatch(r"[>|]-?", text):
            return self.text(text, indent)
        if text[0] in "&*!@`%":
            self.fail(f'"{text[0]}" is not read here')
        try:
            if text[0] in "[{":
                flow = Flow(text)
                value = flow.value()
                if flow.tokens:
                    raise YamlError(f'"{flow.tokens[0]}" stands after the end')
            else:
                value = scalar(text)
        except YamlError as error:
            self.fail(error)
        self.at += 1
        return value

    def text(self, style, indent):
        self.at += 1
        lines = []
        while self.at < len(self.lines):
            line = self.lines[self.at]
            if line.strip() and len(line) - len(line.lstrip()) <= indent:
                break
            lines.append(line.strip())
            self.at += 1
        while lines and not lines[-1]:
            lines.pop()
        return (" " if style[0] == ">" else "\n").join(lines) + ("" if style.endswith("-") else "\n")


def read(text):
    """The document as dicts, lists, strings, numbers, booleans and None. Raises YamlError."""
    reader = Reader(text)
    first = reader.peek()
    if first is None:
        return None
    value = reader.block(first[0])
    if reader.peek():
        reader.fail("is not indented as what comes before it")
    return value
