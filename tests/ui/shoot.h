// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/widgets/theme.h"

#include <QApplication>
#include <QTest>
#include <QWidget>

namespace kernelyard {

/// Pictures for people, light and dark, of a window that is shown; where KERNELYARD_SCREENSHOTS names a folder.
inline void shoot(QWidget &window, const QString &name)
{
    const QString folder = qEnvironmentVariable("KERNELYARD_SCREENSHOTS");
    if (folder.isEmpty())
        return;
    QVERIFY(QTest::qWaitForWindowExposed(&window));
    for (const Shade shade : {Shade::Dark, Shade::Light}) {
        QApplication::setPalette(Theme::of(shade).palette());
        QCoreApplication::sendPostedEvents();
        QCoreApplication::processEvents();
        const QString suffix = shade == Shade::Dark ? QStringLiteral("-dark.png") : QStringLiteral("-light.png");
        QVERIFY(window.grab().save(folder + u'/' + name + suffix));
    }
}

} // namespace kernelyard
