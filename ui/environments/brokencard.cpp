// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/environments/brokencard.h"

#include "ui/widgets/badge.h"
#include "ui/widgets/label.h"

#include <QHBoxLayout>
#include <QVBoxLayout>

namespace kernelyard {

BrokenCard::BrokenCard(const Error &error, QWidget *parent)
    : Card(parent)
{
    setBar(State::Failed);
    setAccessibleName(tr("Environment file that can't be read"));
    setAccessibleDescription(error.message);
    auto *badge = new Badge;
    badge->setState(State::Failed, tr("Not readable"));
    auto *top = new QHBoxLayout;
    top->setSpacing(px(8));
    auto *title = new Label(tr("Environment file"), Type::Object);
    title->setElideMode(Qt::ElideNone);
    top->addWidget(title);
    top->addWidget(badge);
    top->addStretch(1);
    body()->addLayout(top);
    for (const auto &[text, tone] : {std::pair{error.message, Tone::Text}, std::pair{error.detail, Tone::Muted},
                                     std::pair{error.remedy, Tone::Muted}}) {
        if (text.isEmpty())
            continue;
        auto *label = new Label(text, Type::Body, tone);
        label->setWordWrap(true);
        label->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
        body()->addWidget(label);
    }
    body()->addStretch(1);
}

} // namespace kernelyard
