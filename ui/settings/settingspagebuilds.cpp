// SPDX-License-Identifier: GPL-3.0-or-later
// SettingsPage's section of builds: how many at a time, and what happens around them.
#include "core/build/queue.h"
#include "core/build/userscope.h"
#include "ui/settings/settingspage.h"
#include "ui/widgets/card.h"
#include "ui/widgets/label.h"

#include <QCheckBox>
#include <QGridLayout>
#include <QSpinBox>

namespace kernelyard {

static QString scopeFact()
{
    const auto scope = UserScope::find();
    if (!scope)
        return SettingsPage::tr("No systemd manager of yours runs here; the setting has no effect.");
    if (!scope->lingers)
        return SettingsPage::tr("Your manager ends with your last session: “loginctl enable-linger” lets it stay.");
    return SettingsPage::tr("Your manager stays when you log out (lingering is on).");
}

void SettingsPage::makeBuilds()
{
    Card *card = addSection(tr("Builds"), tr("how many at a time, and what happens around them"), Glyph::Builds);
    auto *grid = new QGridLayout;
    grid->setHorizontalSpacing(px(12));
    grid->setVerticalSpacing(px(8));
    grid->setColumnStretch(2, 1);
    m_buildsPerEngine = new QSpinBox;
    m_buildsPerEngine->setRange(1, 64);
    m_buildsPerEngine->setAccessibleName(tr("Builds at a time with each engine"));
    m_memoryBudget = new QSpinBox;
    m_memoryBudget->setRange(0, 1 << 20);
    m_memoryBudget->setSuffix(tr(" GiB"));
    const double automatic = double(QueueLimits::of(Settings()).memoryBytes) / (1 << 30);
    m_memoryBudget->setSpecialValueText(tr("Automatic, %1 GiB").arg(automatic, 0, 'f', 1));
    m_memoryBudget->setAccessibleName(tr("Memory for all builds together"));
    int row = 0;
    const auto addField = [&](QWidget *field, const QString &note) {
        grid->addWidget(new Label(field->accessibleName()), row, 0);
        grid->addWidget(field, row, 1);
        grid->addWidget(new Label(note, Type::Secondary, Tone::Muted), row++, 2);
    };
    addField(m_buildsPerEngine, tr("the others wait; never two of one environment"));
    addField(m_memoryBudget, tr("by what earlier builds took at their peak"));
    connect(m_buildsPerEngine, &QSpinBox::valueChanged, this, [this](int value) {
        m_settings.change([value](Settings &settings) { settings.buildsPerEngine = value; });
    });
    connect(m_memoryBudget, &QSpinBox::valueChanged, this, [this](int value) {
        m_settings.change([value](Settings &settings) { settings.memoryBudgetGiB = value; });
    });
    card->body()->addLayout(grid);
    const auto addCheck = [&](const QString &text, const QString &note, bool Settings::*field) {
        auto *box = new QCheckBox(text);
        connect(box, &QCheckBox::toggled, this, [this, field](bool checked) {
            m_settings.change([=](Settings &settings) { settings.*field = checked; });
        });
        card->body()->addWidget(box);
        if (!note.isEmpty()) {
            auto *label = new Label(note, Type::Secondary, Tone::Muted);
            label->setContentsMargins(px(24), 0, 0, 0);
            card->body()->addWidget(label);
        }
        m_buildChecks.append({box, field});
    };
    addCheck(tr("Keep the machine awake while a build runs"), {}, &Settings::stayAwake);
    addCheck(tr("Tell when a build ends and the window is not in front"), {}, &Settings::notify);
    addCheck(tr("Tell that builds go on when the window is closed"), {}, &Settings::tellThatBuildsGoOn);
    addCheck(tr("Start builds outside of the login session"), scopeFact(), &Settings::userScope);
    addReset(card, tr("Reset builds"), [](Settings &settings) {
        const Settings standard;
        settings.buildsPerEngine = standard.buildsPerEngine;
        settings.memoryBudgetGiB = standard.memoryBudgetGiB;
        settings.stayAwake = standard.stayAwake;
        settings.notify = standard.notify;
        settings.tellThatBuildsGoOn = standard.tellThatBuildsGoOn;
        settings.userScope = standard.userScope;
    });
}

void SettingsPage::applyBuilds()
{
    const Settings &value = m_settings.value();
    m_buildsPerEngine->setValue(value.buildsPerEngine);
    m_memoryBudget->setValue(value.memoryBudgetGiB);
    for (const auto &[box, field] : std::as_const(m_buildChecks))
        box->setChecked(value.*field);
}

} // namespace kernelyard
