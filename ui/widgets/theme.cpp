// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/theme.h"

#include <cmath>

namespace kernelyard {

const Theme &Theme::of(Shade shade)
{
    // State order: Success, Warning, Failed, Running, Cached, Waiting, Unknown, Stopped, Interrupted.
    static const Theme light{
        Shade::Light,
        0xF3F4F6,
        0xE9EBEF,
        0xFFFFFF,
        0xF8F9FB,
        0xD9DDE4,
        0xE6E9EE,
        0xC3C9D3,
        0x8A93A2,
        0x1A1E26,
        0x545D6C,
        0x5E6775,
        0x2459C2,
        0x2459C2,
        0xFFFFFF,
        0xE1EAFB,
        0xEDEFF3,
        0xFBFBFC,
        0xF3F4F6,
        0xE3E6EB,
        0xC6CDD8,
        0xFFE58A,
        0xFFC53D,
        {0x2459C2, 0x0B7A70, 0xA15C00, 0x8C3A88, 0x59626F, 0xAE4329, 0x5A6D12},
        0xFFFFFF,
        {0x1A7439, 0x875300, 0xB3261E, 0x2459C2, 0x6A45B8, 0x545D6C, 0x545D6C, 0x545D6C, 0x545D6C},
        {0xE2F2E7, 0xFBEFD6, 0xFBE6E4, 0xE1EAFB, 0xEEE8FA, 0xE9ECF0, 0xE9ECF0, 0xE9ECF0, 0xE9ECF0}};
    static const Theme dark{Shade::Dark,
                            0x15181E,
                            0x101318,
                            0x1B1F26,
                            0x1F242C,
                            0x2D333D,
                            0x272D36,
                            0x414956,
                            0x717B8B,
                            0xE3E6EB,
                            0xA3ABB8,
                            0x949DAB,
                            0x8DB4FF,
                            0x2F63CC,
                            0xFFFFFF,
                            0x22324F,
                            0x262B34,
                            0x14171C,
                            0x191D23,
                            0x2A303A,
                            0x465061,
                            0x5C4A12,
                            0x75590A,
                            {0x8DB4FF, 0x5CC8BC, 0xE5B454, 0xDA9BD6, 0xA3ABB8, 0xF2987F, 0xB5C86A},
                            0x15181E,
                            {0x6CCB8B, 0xE5B454, 0xFF8F86, 0x8DB4FF, 0xBFA5F7, 0xA3ABB8, 0xA3ABB8, 0xA3ABB8, 0xA3ABB8},
                            {0x17301F, 0x352A13, 0x3D1E1D, 0x1D2C48, 0x2B2440, 0x282D36, 0x282D36, 0x282D36, 0x282D36}};
    return shade == Shade::Dark ? dark : light;
}

const Theme &Theme::of(const QPalette &palette)
{
    return of(palette.color(QPalette::Window).lightness() < 128 ? Shade::Dark : Shade::Light);
}

QPalette Theme::palette() const
{
    QPalette made;
    const auto set = [&made](QPalette::ColorRole role, const QColor &color) { made.setColor(role, color); };
    set(QPalette::Window, window);
    set(QPalette::WindowText, text);
    set(QPalette::Base, base);
    set(QPalette::AlternateBase, alt);
    set(QPalette::Text, text);
    set(QPalette::Button, base);
    set(QPalette::ButtonText, text);
    set(QPalette::BrightText, muted); // Fusion does not use it; Label does
    set(QPalette::ToolTipBase, base);
    set(QPalette::ToolTipText, text);
    set(QPalette::PlaceholderText, faint);
    set(QPalette::Highlight, selection);
    set(QPalette::HighlightedText, text);
    set(QPalette::Link, accent);
    set(QPalette::LinkVisited, accent);
    set(QPalette::Light, base);
    set(QPalette::Midlight, grid);
    set(QPalette::Mid, line);
    set(QPalette::Dark, fieldEdge);
    set(QPalette::Shadow, buttonEdge);
    const QColor disabled = mixed(muted, base, 0.6);
    for (const QPalette::ColorRole role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText})
        made.setColor(QPalette::Disabled, role, disabled);
    return made;
}

static double linear(double channel)
{
    return channel <= 0.04045 ? channel / 12.92 : std::pow((channel + 0.055) / 1.055, 2.4);
}

static double luminance(const QColor &color)
{
    return 0.2126 * linear(color.redF()) + 0.7152 * linear(color.greenF()) + 0.0722 * linear(color.blueF());
}

double contrast(const QColor &one, const QColor &other)
{
    const double a = luminance(one);
    const double b = luminance(other);
    return (std::max(a, b) + 0.05) / (std::min(a, b) + 0.05);
}

QColor mixed(const QColor &top, const QColor &ground, double share)
{
    const auto channel = [share](float a, float b) { return static_cast<float>(a * share + b * (1 - share)); };
    return QColor::fromRgbF(channel(top.redF(), ground.redF()), channel(top.greenF(), ground.greenF()),
                            channel(top.blueF(), ground.blueF()));
}

} // namespace kernelyard
