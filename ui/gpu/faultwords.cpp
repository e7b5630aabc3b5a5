// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/gpu/faultwords.h"

#include "ui/widgets/commandbox.h"
#include "ui/widgets/label.h"

#include <QDateTime>
#include <QLocale>
#include <QVBoxLayout>

using namespace Qt::StringLiterals;

namespace kernelyard {

FaultWords::FaultWords(QWidget *parent)
    : QWidget(parent)
    , m_message(new Label({}, Type::CardHeader))
    , m_remedy(new Label)
    , m_evidence(new Label({}, Type::Secondary, Tone::Muted))
{
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(px(4));
    for (Label *label : {m_message, m_remedy, m_evidence}) {
        label->setWordWrap(true);
        column->addWidget(label);
    }
}

void FaultWords::setFault(const GpuFault &fault, const QString &object, const QString &gpu, qint64 lastMs)
{
    const GpuNotice notice = noticeOf(fault, object, gpu);
    // A GPU's card names the state in its badge; of the driver as a whole only this does.
    m_message->setText(object.isEmpty() ? QString(notice.word + u". "_s + notice.message) : notice.message);
    m_remedy->setText(notice.remedy);
    QStringList evidence;
    if (!fault.evidence.isEmpty())
        evidence << fault.evidence;
    if (lastMs > 0)
        evidence << tr("Last read at %1.")
                        .arg(QLocale().toString(QDateTime::fromMSecsSinceEpoch(lastMs).time(), u"HH:mm:ss"_s));
    m_evidence->setText(evidence.join(u' '));
    m_evidence->setVisible(!evidence.isEmpty());
    const QString wanted = notice.fix ? notice.fix->display() : QString();
    if (wanted == command())
        return;
    delete std::exchange(m_command, nullptr);
    if (wanted.isEmpty())
        return;
    m_command = new CommandBox(wanted, 1);
    layout()->addWidget(m_command);
}

QString FaultWords::message() const
{
    return m_message->text();
}

QString FaultWords::command() const
{
    return m_command ? m_command->text() : QString();
}

} // namespace kernelyard
