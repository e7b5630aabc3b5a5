// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/error.h"

#include <QByteArray>
#include <QString>

#include <cstdio>

namespace kernelyard::ctl {

enum class Channel { Out, Err };
enum class ColourChoice { Auto, Always, Never };
enum class Style { Plain, Bold, Dim, Good, Bad, Warning };

/// The two streams of the program: data on standard output, messages on standard error. Colour only on a terminal and
/// without NO_COLOR (no-color.org: set and not empty), unless asked for by --color.
class Console
{
public:
    Console() { setColour(ColourChoice::Auto); }
    void setColour(ColourChoice choice);

    bool isTerminal(Channel channel) const;
    bool hasColour(Channel channel) const { return channel == Channel::Out ? m_outColour : m_errColour; }
    int width(Channel channel) const; ///< columns; 0 off a terminal: no limit

    /// \a text in \a style where \a channel has colour, else as it is.
    QString styled(Style style, const QString &text, Channel channel) const;

    void write(Channel channel, const QString &text);
    void write(Channel channel, const QByteArray &bytes);
    void line(Channel channel, const QString &text) { write(channel, QString(text + u'\n')); }
    void out(const QString &text) { line(Channel::Out, text); }
    void message(const QString &text) { line(Channel::Err, text); }
    /// "kernelyardctl: <what failed: why>", "  next: …", then the tool's own words, indented.
    void error(const Error &error);

    /// Writes out what is buffered; false when standard output could not take it (a full disk).
    bool flush();

    /// A live line below everything: shown on a terminal only, replaced by the next, removed before any other write.
    void live(Channel channel, const QString &text);
    void clearLive();

private:
    FILE *stream(Channel channel) const { return channel == Channel::Out ? stdout : stderr; }

    bool m_outColour = false;
    bool m_errColour = false;
    bool m_writeFailed = false;
    bool m_liveShown = false;
    Channel m_liveChannel = Channel::Err;
};

/// The tool's bytes as text that can't steer a terminal: no control characters but tab, no escape sequences other
/// than colours (ECMA-48 SGR), and those only when \a keepColours. Of a line redrawn with CR the last state is kept.
QByteArray harmless(const QByteArray &line, bool keepColours);
/// Each line of \a text made harmless: a sentence may quote a tool.
QString harmless(const QString &text);

} // namespace kernelyard::ctl
