// SPDX-License-Identifier: GPL-3.0-or-later
// SettingsPage's part about how long builds are kept.
#include "ui/models/machine.h"
#include "ui/settings/cleanupdialog.h"
#include "ui/settings/settingspage.h"
#include "ui/widgets/card.h"
#include "ui/widgets/label.h"

#include <QComboBox>
#include <QHBoxLayout>

namespace kernelyard {

void SettingsPage::makeRetention(Card *card)
{
    m_keepDays = new QComboBox;
    m_keepBytes = new QComboBox;
    addKeepDays(m_keepDays);
    addKeepBytes(m_keepBytes);
    m_keepDays->setAccessibleName(tr("Keep builds: age"));
    m_keepBytes->setAccessibleName(tr("Keep builds: size"));
    connect(m_keepDays, &QComboBox::activated, this, [this] {
        m_settings.change([this](Settings &settings) { settings.keepBuildsDays = m_keepDays->currentData().toInt(); });
    });
    connect(m_keepBytes, &QComboBox::activated, this, [this] {
        m_settings.change(
            [this](Settings &settings) { settings.keepBuildsBytes = m_keepBytes->currentData().toLongLong(); });
    });
    auto *row = new QHBoxLayout;
    row->setSpacing(px(8));
    row->addWidget(new Label(tr("Keep builds")));
    row->addWidget(m_keepDays);
    row->addWidget(m_keepBytes);
    row->addStretch(1);
    card->body()->addSpacing(px(8));
    card->body()->addLayout(row);
    auto *words = new Label(tr("What is over these limits goes only when you clean up, after a list of it. Builds that "
                               "run, pinned ones and the newest always stay."),
                            Type::Secondary, Tone::Muted);
    words->setWordWrap(true);
    card->body()->addWidget(words);
}

void SettingsPage::applyRetention()
{
    const Settings &value = m_settings.value();
    chooseLimit(m_keepDays, value.keepBuildsDays, tr("of the last %1 days").arg(value.keepBuildsDays));
    chooseLimit(m_keepBytes, value.keepBuildsBytes, tr("up to %1 together").arg(diskText(value.keepBuildsBytes)));
}

void SettingsPage::cleanUp()
{
    const Settings &value = m_settings.value();
    auto *dialog =
        new CleanUpDialog(CleanUpSources::real(m_standard), {value.keepBuildsDays, value.keepBuildsBytes}, window());
    connect(dialog, &CleanUpDialog::failed, this, &SettingsPage::failed);
    connect(dialog, &CleanUpDialog::removed, this, [this] {
        measureFolders();
        Q_EMIT buildsRemoved();
    });
    dialog->open();
}

} // namespace kernelyard
