// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/benchmark/scenario.h"

#include <QCoreApplication>

using namespace Qt::StringLiterals;

namespace kernelyard {

static QString tr(const char *text)
{
    return QCoreApplication::translate("Scenario", text);
}

QString letter(Scenario scenario)
{
    return QString(QChar(u'A' + static_cast<int>(scenario)));
}

QString title(Scenario scenario)
{
    switch (scenario) {
    case Scenario::Baseline:
        return tr("Baseline");
    case Scenario::RegistryCache:
        return tr("Registry cache");
    case Scenario::LocalCache:
        return tr("Local cache");
    }
    Q_UNREACHABLE();
}

std::optional<Scenario> scenarioOf(const QString &text)
{
    for (const Scenario scenario : scenarios)
        if (text.compare(letter(scenario), Qt::CaseInsensitive) == 0)
            return scenario;
    return {};
}

QString word(Phase phase)
{
    static constexpr std::array words{u"pull", u"clone", u"submodules", u"install", u"compile", u"link", u"validate"};
    return QString::fromUtf16(words[static_cast<std::size_t>(phase)]);
}

QString title(Phase phase)
{
    switch (phase) {
    case Phase::Pull:
        return tr("Pull");
    case Phase::Clone:
        return tr("Clone");
    case Phase::Submodules:
        return tr("Submodules");
    case Phase::Install:
        return tr("Install");
    case Phase::Compile:
        return tr("Compile");
    case Phase::Link:
        return tr("Link");
    case Phase::Validate:
        return tr("Validate");
    }
    Q_UNREACHABLE();
}

} // namespace kernelyard
