// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/validation/validationscope.h"

#include <QCoreApplication>

using namespace Qt::StringLiterals;

namespace kernelyard {

static QString tr(const char *text)
{
    return QCoreApplication::translate("ValidationScope", text);
}

ValidationScope ValidationScope::of(const QStringList &arguments)
{
    ValidationScope scope;
    for (qsizetype i = 0; i < arguments.size(); ++i) {
        const QString &word = arguments[i];
        if (word == u"--quick")
            scope.isQuick = true;
        else if (word == u"--case")
            scope.cases << arguments.value(++i);
        else if (word == u"--backend")
            scope.backends << arguments.value(++i);
        else if (word == u"--against")
            scope.against = arguments.value(++i);
    }
    return scope;
}

QString ValidationScope::text() const
{
    QStringList parts;
    if (isQuick)
        parts << tr("quick");
    if (!cases.isEmpty())
        parts << (cases.size() == 1 ? cases.first() : tr("%1 cases").arg(cases.size()));
    if (!backends.isEmpty())
        parts << tr("with %1").arg(backends.join(u", "_s));
    if (!against.isEmpty())
        parts << tr("against %1").arg(against);
    return parts.join(u' ');
}

} // namespace kernelyard
