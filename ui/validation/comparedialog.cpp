// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/validation/comparedialog.h"

#include "core/base/whendone.h"
#include "ui/models/figures.h"
#include "ui/validation/validationmodel.h"
#include "ui/widgets/icon.h"
#include "ui/widgets/label.h"
#include "ui/widgets/statedelegate.h"

#include <QComboBox>
#include <QDialogButtonBox>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QPushButton>
#include <QSignalBlocker>
#include <QStandardItemModel>
#include <QTreeView>
#include <QVBoxLayout>
#include <QtConcurrent>

#include <algorithm>
#include <variant>

using namespace Qt::StringLiterals;

namespace kernelyard {

namespace {

QString changeWords(CaseChange change)
{
    switch (change) {
    case CaseChange::Wrong:
        return CompareDialog::tr("got wrong");
    case CaseChange::Mended:
        return CompareDialog::tr("got right");
    case CaseChange::LessExact:
        return CompareDialog::tr("less exact");
    case CaseChange::Added:
        return CompareDialog::tr("new");
    case CaseChange::Gone:
        return CompareDialog::tr("not run");
    case CaseChange::Same:
        return CompareDialog::tr("the same");
    }
    return {};
}

using Shape = std::variant<State, Glyph>;

Shape shapeOf(CaseChange change)
{
    switch (change) {
    case CaseChange::Wrong:
        return State::Failed;
    case CaseChange::Mended:
        return State::Success;
    case CaseChange::LessExact:
        return State::Warning;
    case CaseChange::Added:
        return Glyph::Plus;
    case CaseChange::Gone:
        return Glyph::Minus;
    case CaseChange::Same:
        return Glyph::Tick;
    }
    return Glyph::Tick;
}

QList<QStandardItem *> row(const Shape &shape, const QString &what, const QString &where, const QString &first,
                           const QString &second, const QString &change)
{
    QList<QStandardItem *> items;
    for (const QString &text : {what, where, first, second, change}) {
        auto *item = new QStandardItem(text);
        item->setEditable(false);
        item->setToolTip(text);
        items.append(item);
    }
    if (const State *state = std::get_if<State>(&shape))
        items.last()->setData(static_cast<int>(*state), StateRole);
    else
        items.last()->setData(static_cast<int>(std::get<Glyph>(shape)), GlyphRole);
    return items;
}

} // namespace

CompareDialog::CompareDialog(const Paths &paths, const QList<RunChoice> &choices, BuildId shown, QWidget *parent)
    : QDialog(parent)
    , m_paths(paths)
    , m_choices(choices)
    , m_first(new QComboBox)
    , m_second(new QComboBox)
    , m_verdict(new QLabel)
    , m_table(new QTreeView)
    , m_model(new QStandardItemModel(this))
{
    setWindowTitle(tr("Compare validations"));
    resize(px(860), px(520));
    m_first->setAccessibleName(tr("Earlier run"));
    m_second->setAccessibleName(tr("Later run"));
    for (const RunChoice &choice : choices.first(choices.size() - 1)) // the oldest has none before it
        m_second->addItem(choice.words, choice.id.number());
    const bool isOldest = shown == choices.last().id;
    m_second->setCurrentIndex(isOldest ? m_second->count() - 1 : qMax(0, m_second->findData(shown.number())));
    offerEarlier();

    auto *scopes = new QHBoxLayout;
    scopes->addWidget(new Label(tr("Compare"), Type::Body, Tone::Muted));
    scopes->addWidget(m_first, 1);
    scopes->addWidget(new Label(tr("with"), Type::Body, Tone::Muted));
    scopes->addWidget(m_second, 1);
    m_verdict->setFont(kernelyard::font(Type::Object));
    m_verdict->setWordWrap(true);
    m_verdict->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    setUpTable(m_table, tr("What changed"));
    m_table->setModel(m_model);
    auto *buttons = new QDialogButtonBox(QDialogButtonBox::Close);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    auto *column = new QVBoxLayout(this);
    column->setSpacing(px(12));
    column->addLayout(scopes);
    column->addWidget(m_verdict);
    column->addWidget(m_table, 1);
    column->addWidget(buttons);
    connect(m_first, &QComboBox::currentIndexChanged, this, &CompareDialog::read);
    connect(m_second, &QComboBox::currentIndexChanged, this, [this] {
        offerEarlier();
        read();
    });
    read();
}

/// The runs before the later one: no run is compared with itself, and none backwards.
void CompareDialog::offerEarlier()
{
    const QSignalBlocker quiet(m_first);
    const QVariant before = m_first->currentData();
    const QList<RunChoice> earlier = m_choices.mid(m_second->currentIndex() + 1);
    m_first->clear();
    for (const RunChoice &choice : earlier)
        m_first->addItem(choice.words, choice.id.number());
    const auto alike = std::ranges::find(earlier, m_choices[m_second->currentIndex()].scope, &RunChoice::scope);
    const int kept = m_first->findData(before);
    m_first->setCurrentIndex(kept >= 0 ? kept : alike == earlier.end() ? 0 : static_cast<int>(alike - earlier.begin()));
}

QString CompareDialog::sentence() const
{
    return m_verdict->text();
}

int CompareDialog::rowCount() const
{
    return m_model->rowCount();
}

void CompareDialog::read()
{
    const BuildId first(m_first->currentData().toInt());
    const BuildId second(m_second->currentData().toInt());
    const int asked = ++m_asked;
    m_verdict->setText(u"…"_s);
    whenDone(QtConcurrent::run([paths = m_paths, first, second]() -> Result<ValidationComparison> {
                 const Result<PastValidation> before = readValidation(paths, first);
                 if (!before)
                     return Failure(before.error());
                 const Result<PastValidation> after = readValidation(paths, second);
                 if (!after)
                     return Failure(after.error());
                 return ValidationComparison::of(before->run, before->context, after->run, after->context);
             }),
             this, [this, asked](const Result<ValidationComparison> &made) {
                 if (asked != m_asked)
                     return;
                 m_model->clear();
                 if (made)
                     tell(*made);
                 else
                     m_verdict->setText(made.error().message);
                 Q_EMIT compared();
             });
}

void CompareDialog::tell(const ValidationComparison &made)
{
    m_verdict->setText(made.sentence());
    m_model->setHorizontalHeaderLabels({tr("What"), tr("Back-end"), tr("Before"), tr("After"), tr("Change")});
    const auto error = [](const std::optional<ValidationCase> &one) {
        return one ? tr("rel. L2 %1").arg(scientific(one->relL2)) : u"–"_s;
    };
    for (const CaseComparison &one : made.cases)
        m_model->appendRow(row(shapeOf(one.change), one.id, backendText(one.backend), error(one.first),
                               error(one.second), changeWords(one.change)));
    for (const SpeedChange &one : made.speeds)
        if (one.slower || one.faster)
            m_model->appendRow(row(one.slower ? State::Warning : State::Success, one.caseId, backendText(one.backend),
                                   tr("%1 ms").arg(one.firstMs, 0, 'g', 4), tr("%1 ms").arg(one.secondMs, 0, 'g', 4),
                                   one.slower ? tr("slower, %1 times as fast").arg(one.ratio, 0, 'f', 2)
                                              : tr("faster, %1 times as fast").arg(one.ratio, 0, 'f', 2)));
    for (const FactChange &one : made.facts)
        m_model->appendRow(row(Glyph::Settings, one.name, {}, one.first, one.second, tr("not the same")));
    const std::array widths{300, 116, 126, 126};
    for (std::size_t i = 0; i < widths.size(); ++i)
        m_table->header()->resizeSection(static_cast<int>(i), px(widths[i]));
    m_table->header()->setStretchLastSection(true);
}

} // namespace kernelyard
