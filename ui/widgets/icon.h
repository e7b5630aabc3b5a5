// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/widgets/theme.h"

#include <QIcon>
#include <QRect>

class QPainter;

namespace kernelyard {

/// The project's own icons: 16×16 grid, strokes of 1.5 in one colour, given at paint time.
enum class Glyph {
    Environments,
    Builds,
    Wheels,
    Forks,
    Gpu,
    Validation,
    Benchmarks,
    Settings,
    Search,
    Filter,
    Refresh,
    Plus,
    Minus,
    Play,
    Terminal,
    More,
    ChevronRight,
    ChevronDown,
    ChevronUp,
    Copy,
    Export,
    Download,
    Disk,
    Wrap,
    Clock,
    Pause,
    Stop,
    Folder,
    Link,
    Document,
    Close,
    Tick,
    Repair,
    Keyboard,
    Success,
    Warning,
    Failed,
    Running,
    Ring,
    Cached,
    Waiting,
    Unknown,
    Stopped,
    Interrupted,
    Rejected, ///< a negative control that failed, as it must
};

Glyph glyphOf(State state);
/// The word that always goes with the shape, where the page has no better one: "Done", "Failed", …
QString wordOf(State state);

/// Draws \a glyph as large as fits into \a rect, centred, on the painter's device pixels. Pictures are cached by size
/// and colour.
void paintGlyph(QPainter &painter, const QRect &rect, Glyph glyph, const QColor &color);

/// The shape of \a state in its colour of the theme. The ring of Running stands at \a turn, 0 to 1.
void paintState(QPainter &painter, const QRect &rect, State state, const Theme &theme, double turn = 0);

/// What colours an icon on a widget: read from the application's palette whenever it is painted.
enum class Ink { Text, Muted, Accent, OnAccent };
QIcon icon(Glyph glyph, Ink ink = Ink::Text);
QIcon icon(State state);

} // namespace kernelyard
