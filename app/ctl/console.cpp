// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/console.h"

#include <QStringList>

#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>

using namespace Qt::StringLiterals;

namespace kernelyard::ctl {

void Console::setColour(ColourChoice choice)
{
    const bool wanted =
        choice == ColourChoice::Always ||
        (choice == ColourChoice::Auto && qEnvironmentVariableIsEmpty("NO_COLOR") && qgetenv("TERM") != "dumb");
    m_outColour = wanted && (choice == ColourChoice::Always || isTerminal(Channel::Out));
    m_errColour = wanted && (choice == ColourChoice::Always || isTerminal(Channel::Err));
}

bool Console::isTerminal(Channel channel) const
{
    return isatty(channel == Channel::Out ? STDOUT_FILENO : STDERR_FILENO) == 1;
}

int Console::width(Channel channel) const
{
    winsize size{};
    const int descriptor = channel == Channel::Out ? STDOUT_FILENO : STDERR_FILENO;
    return isTerminal(channel) && ioctl(descriptor, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

QString Console::styled(Style style, const QString &text, Channel channel) const
{
    if (!hasColour(channel) || style == Style::Plain || text.isEmpty())
        return text;
    const auto code = [style] {
        switch (style) {
        case Style::Bold:
            return u"1"_s;
        case Style::Dim:
            return u"2"_s;
        case Style::Good:
            return u"32"_s;
        case Style::Bad:
            return u"1;31"_s;
        case Style::Warning:
            return u"33"_s;
        case Style::Plain:
            break;
        }
        return u"0"_s;
    };
    return u"\x1b["_s + code() + u'm' + text + u"\x1b[0m"_s;
}

void Console::write(Channel channel, const QString &text)
{
    write(channel, text.toUtf8());
}

void Console::write(Channel channel, const QByteArray &bytes)
{
    clearLive();
    if (channel == Channel::Err)
        flush(); // what was said before comes before
    const auto size = static_cast<size_t>(bytes.size());
    if (std::fwrite(bytes.constData(), 1, size, stream(channel)) == size)
        return;
    // The reader went away ("| head"): end as any filter does, without a word. Qt ignores SIGPIPE once it has started
    // a process, so that the signal alone does not do it.
    if (errno == EPIPE)
        std::_Exit(128 + SIGPIPE);
    m_writeFailed = m_writeFailed || channel == Channel::Out;
}

bool Console::flush()
{
    if (std::fflush(stdout) != 0) {
        if (errno == EPIPE)
            std::_Exit(128 + SIGPIPE);
        m_writeFailed = true;
    }
    return !m_writeFailed;
}

QString harmless(const QString &text)
{
    QStringList lines = text.split(u'\n');
    for (QString &line : lines)
        line = QString::fromUtf8(harmless(line.toUtf8(), false));
    return lines.join(u'\n');
}

void Console::error(const Error &error)
{
    QString text = u"kernelyardctl: "_s + harmless(error.message) + u'\n';
    if (!error.remedy.isEmpty())
        text += u"  next: "_s + harmless(error.remedy) + u'\n';
    // Words that the sentence holds already are not said twice.
    const QString words = error.detail.trimmed();
    if (!words.isEmpty() && !error.message.contains(words))
        for (const QString &line : harmless(words).split(u'\n'))
            text += u"    "_s + line + u'\n';
    write(Channel::Err, text);
}

void Console::live(Channel channel, const QString &text)
{
    if (!isTerminal(channel))
        return;
    clearLive();
    const int columns = width(channel);
    const QByteArray bytes = (columns > 1 ? text.left(columns - 1) : text).toUtf8();
    std::fwrite(bytes.constData(), 1, static_cast<size_t>(bytes.size()), stream(channel));
    std::fflush(stream(channel));
    m_liveShown = true;
    m_liveChannel = channel;
}

void Console::clearLive()
{
    if (!m_liveShown)
        return;
    m_liveShown = false;
    std::fputs("\r\x1b[K", stream(m_liveChannel));
    std::fflush(stream(m_liveChannel));
}

/// The bytes of a control character of Unicode at \a at: one of C1 (U+0080 to U+009F), or one that turns the direction
/// of what follows (U+202A to U+202E, U+2066 to U+2069). 0: none is there.
static qsizetype controlAt(QByteArrayView bytes, qsizetype at)
{
    const QByteArrayView three = bytes.sliced(at, std::min<qsizetype>(3, bytes.size() - at));
    const auto in = [three](qsizetype i, unsigned char first, unsigned char last) {
        const auto byte = static_cast<unsigned char>(i < three.size() ? three[i] : 0);
        return byte >= first && byte <= last;
    };
    if (in(0, 0xc2, 0xc2) && in(1, 0x80, 0x9f))
        return 2;
    const bool turns = (in(1, 0x80, 0x80) && in(2, 0xaa, 0xae)) || (in(1, 0x81, 0x81) && in(2, 0xa6, 0xa9));
    return in(0, 0xe2, 0xe2) && turns ? 3 : 0;
}

QByteArray harmless(const QByteArray &line, bool keepColours)
{
    const qsizetype lastReturn = line.lastIndexOf('\r');
    const QByteArray bytes = lastReturn >= 0 && lastReturn + 1 < line.size() ? line.mid(lastReturn + 1) : line;
    QByteArray text;
    text.reserve(bytes.size());
    for (qsizetype i = 0; i < bytes.size(); ++i) {
        const auto byte = static_cast<unsigned char>(bytes.at(i));
        if (byte != 0x1b) {
            if (const qsizetype length = controlAt(bytes, i); length > 0) {
                text += "\xef\xbf\xbd"; // U+FFFD
                i += length - 1;
            } else if (byte == '\t' || (byte >= 0x20 && byte != 0x7f))
                text += bytes.at(i);
            continue;
        }
        const qsizetype start = i;
        if (i + 1 >= bytes.size())
            break;
        const char kind = bytes.at(i + 1);
        if (kind == '[') { // CSI: parameters 0x30–0x3f, intermediates 0x20–0x2f, one final byte 0x40–0x7e
            i += 2;
            while (i < bytes.size() && static_cast<unsigned char>(bytes.at(i)) >= 0x20 &&
                   static_cast<unsigned char>(bytes.at(i)) < 0x40)
                ++i;
            if (keepColours && i < bytes.size() && bytes.at(i) == 'm')
                text += bytes.mid(start, i - start + 1);
        } else if (kind == ']' || kind == 'P' || kind == '_' || kind == '^') { // strings, to BEL or ESC backslash
            i += 2;
            while (i < bytes.size() && bytes.at(i) != '\a' &&
                   !(bytes.at(i) == 0x1b && i + 1 < bytes.size() && bytes.at(i + 1) == '\\'))
                ++i;
            if (i < bytes.size() && bytes.at(i) == 0x1b)
                ++i;
        } else {
            ++i;
        }
    }
    return text;
}

} // namespace kernelyard::ctl
