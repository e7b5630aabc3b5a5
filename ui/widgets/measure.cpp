// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/measure.h"

#include <QApplication>
#include <QFontDatabase>
#include <QFontMetrics>

namespace kernelyard {

int px(double design)
{
    constexpr double designLineHeight = 16; // of the design's 13 px font
    const double scale = QFontMetrics(QApplication::font()).height() / designLineHeight;
    return qMax(design > 0 ? 1 : 0, qRound(design * scale));
}

static QFont resized(QFont base, double factor, QFont::Weight weight)
{
    const QFont body = QApplication::font();
    if (body.pixelSize() > 0)
        base.setPixelSize(qRound(body.pixelSize() * factor));
    else
        base.setPointSizeF(body.pointSizeF() * factor);
    base.setWeight(weight);
    return base;
}

QFont font(Type type)
{
    const QFont body = QApplication::font();
    switch (type) {
    case Type::Title:
        return resized(body, 1.38, QFont::DemiBold);
    case Type::Object:
        return resized(body, 1.15, QFont::DemiBold);
    case Type::CardHeader:
        return resized(body, 1.0, QFont::DemiBold);
    case Type::KeyFigure:
        return resized(body, 1.7, QFont::DemiBold);
    case Type::Medium:
        return resized(body, 1.0, QFont::Medium);
    case Type::Secondary:
        return resized(body, 0.92, QFont::Normal);
    case Type::Tick:
        return resized(body, 0.85, QFont::Normal);
    case Type::Mono:
        return resized(QFontDatabase::systemFont(QFontDatabase::FixedFont), 0.96, QFont::Normal);
    case Type::Body:
        break;
    }
    return body;
}

} // namespace kernelyard
