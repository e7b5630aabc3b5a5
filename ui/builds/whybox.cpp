// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/builds/whybox.h"

#include "ui/widgets/actionbutton.h"
#include "ui/widgets/label.h"
#include "ui/widgets/measure.h"
#include "ui/widgets/theme.h"

#include <QAction>
#include <QHBoxLayout>
#include <QLabel>
#include <QPainter>
#include <QVBoxLayout>

namespace kernelyard {

using namespace Qt::StringLiterals;

namespace {

constexpr qsizetype shownDetails = 6;

/// The mark that steps on the critical path carry, with its name.
class PathMark final : public QWidget
{
public:
    explicit PathMark(QWidget *parent)
        : QWidget(parent)
    {
        setFixedSize(px(3), px(14));
    }

protected:
    void paintEvent(QPaintEvent *) override { QPainter(this).fillRect(rect(), Theme::of(palette()).text); }
};

} // namespace

WhyBox::WhyBox(QWidget *parent)
    : QWidget(parent)
    , m_ask(new QAction(this))
    , m_link(nullptr)
    , m_answer(new QLabel(this))
{
    m_link = new ActionButton(m_ask, ActionButton::Look::Link, this);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(px(6), px(4), px(6), px(4));
    column->setSpacing(px(2));
    auto *row = new QHBoxLayout;
    row->setSpacing(px(6));
    row->addWidget(new PathMark(this));
    auto *path = new Label(tr("critical path"), Type::Secondary, Tone::Muted, this);
    path->setElideMode(Qt::ElideNone);
    row->addWidget(path);
    row->addStretch(1);
    row->addWidget(m_link);
    column->addLayout(row);
    m_answer->setWordWrap(true);
    m_answer->setTextFormat(Qt::PlainText);
    m_answer->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    m_answer->setFont(kernelyard::font(Type::Secondary));
    m_answer->setMargin(px(2));
    column->addWidget(m_answer);
    m_answer->hide();
    m_ask->setVisible(false);
    connect(m_ask, &QAction::triggered, this, [this] {
        if (m_step >= 0)
            Q_EMIT asked(m_step);
    });
}

void WhyBox::setStep(int step, const QString &name)
{
    if (step == m_step && name == m_name)
        return;
    if (step != m_step)
        m_answer->hide();
    m_step = step;
    m_name = name;
    m_ask->setVisible(!name.isEmpty());
    m_ask->setText(tr("Why was %1 not cached?").arg(name));
    m_ask->setIconText(m_ask->text());
}

void WhyBox::say(const QString &text)
{
    m_answer->setText(text);
    m_answer->setAccessibleName(text);
    m_answer->show();
}

void WhyBox::setAnswer(int step, const CacheAnswer &answer)
{
    if (step != m_step)
        return; // of a step that was left since
    QStringList lines{answer.sentence};
    for (const QString &detail : answer.details.first(std::min(shownDetails, answer.details.size())))
        lines << u"• "_s + detail;
    if (answer.details.size() > shownDetails)
        lines << tr("and %1 more; kernelyardctl show --why tells them").arg(answer.details.size() - shownDetails);
    say(lines.join(u'\n'));
}

void WhyBox::setError(int step, const Error &error)
{
    if (step == m_step)
        say(error.message);
}

QString WhyBox::answerText() const
{
    return m_answer->isHidden() ? QString() : m_answer->text();
}

} // namespace kernelyard
