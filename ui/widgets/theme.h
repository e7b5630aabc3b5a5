// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QColor>
#include <QPalette>

#include <array>
#include <optional>

namespace kernelyard {

enum class Shade { Light, Dark };
enum class ThemeChoice { System, Light, Dark };

/// What a thing is in, for people: always shown by colour, shape and word together.
enum class State { Success, Warning, Failed, Running, Cached, Waiting, Unknown, Stopped, Interrupted };

/// The colour tokens of one shade, as data. Widgets ask for the theme of their palette and never hold one, so that a
/// change of shade is nothing but a change of palette.
struct Theme
{
    Shade shade;
    QColor window, side;          // page and header; sidebar
    QColor base, alt;             // cards, tables, fields; table header, group and fold rows
    QColor line, grid;            // card border; row and chart lines
    QColor buttonEdge, fieldEdge; // push buttons; inputs, radio and check boxes
    QColor text, muted, faint;    // text; secondary text; placeholders, line numbers
    QColor accent, accentFill;    // links, focus ring, progress; the default button's ground
    QColor onAccent;              // text on accentFill
    QColor selection, hover;      // selected row; row under the pointer
    QColor log, gutter;           // log view; its gutter
    QColor track, doneBar;        // empty progress; finished timeline bar
    QColor match, currentMatch;   // find marks
    std::array<QColor, 7> series; // of charts, in fixed order
    QColor onSeries;              // text in stacked bars
    std::array<QColor, 9> states; // indexed by State
    std::array<QColor, 9> tints;  // grounds of badges, indexed by State

    QColor color(State state) const { return states[static_cast<std::size_t>(state)]; }
    QColor tint(State state) const { return tints[static_cast<std::size_t>(state)]; }
    QPalette palette() const;

    static const Theme &of(Shade shade);
    /// The theme that \a palette was made from, told by whether its window is dark.
    static const Theme &of(const QPalette &palette);
};

/// WCAG 2.1 contrast ratio of two opaque colours, 1 to 21.
double contrast(const QColor &one, const QColor &other);

/// \a top over \a ground with \a share of top, 0 to 1; opaque.
QColor mixed(const QColor &top, const QColor &ground, double share);

} // namespace kernelyard
