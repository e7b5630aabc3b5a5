// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/choices/choicesdialog.h"

#include "core/base/whendone.h"
#include "ui/models/environments.h"
#include "ui/widgets/actionbutton.h"
#include "ui/widgets/badge.h"
#include "ui/widgets/icon.h"
#include "ui/widgets/label.h"

#include <QAction>
#include <QComboBox>
#include <QDialogButtonBox>
#include <QFileDialog>
#include <QGridLayout>
#include <QHBoxLayout>
#include <QLineEdit>
#include <QPushButton>
#include <QScrollArea>
#include <QVBoxLayout>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace kernelyard {

ChoicesDialog::ChoicesDialog(const Environment &environment, Environments &environments, QWidget *parent)
    : QDialog(parent)
    , m_environment(environment)
    , m_environments(environments)
    , m_refusal(new QWidget)
    , m_problem(new Label)
    , m_keep(new QAction(icon(Glyph::Tick, Ink::OnAccent), tr("Keep choices"), this))
    , m_defaults(new QAction(tr("All defaults"), this))
{
    setAttribute(Qt::WA_DeleteOnClose);
    setWindowTitle(tr("Choices of %1").arg(environment.name));
    auto *about =
        new Label(tr("They count for every build from here on, in the window and on the command line. A layer "
                     "is built again where what it is made from has changed."),
                  Type::Secondary, Tone::Muted);
    about->setWordWrap(true);
    auto *sheet = new QWidget;
    auto *grid = new QGridLayout(sheet);
    grid->setContentsMargins(0, 0, px(8), 0);
    grid->setHorizontalSpacing(px(16));
    grid->setVerticalSpacing(px(14));
    grid->setColumnStretch(0, 1);
    grid->setColumnStretch(1, 1);
    for (const Choice &choice : m_environment.choices)
        addChoice(grid, choice);
    grid->setRowStretch(grid->rowCount(), 1);
    auto *scroll = new QScrollArea;
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setWidgetResizable(true);
    scroll->setFocusPolicy(Qt::NoFocus);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    scroll->setWidget(sheet);

    auto *refused = new StateLine;
    refused->setFact(State::Failed, {});
    m_problem->setWordWrap(true);
    auto *refusal = new QHBoxLayout(m_refusal);
    refusal->setContentsMargins(0, 0, 0, 0);
    refusal->setSpacing(px(4));
    refusal->addWidget(refused, 0, Qt::AlignTop);
    refusal->addWidget(m_problem, 1);
    m_refusal->hide();
    connect(m_keep, &QAction::triggered, this, &ChoicesDialog::keep);
    connect(m_defaults, &QAction::triggered, this, [this] {
        for (const Choice &choice : std::as_const(m_environment.choices))
            enter(choice.name, defaultOf(choice));
    });
    auto *foot = new QHBoxLayout;
    foot->setSpacing(px(8));
    auto *defaults = new ActionButton(m_defaults);
    defaults->setAutoDefault(false);
    foot->addWidget(defaults);
    foot->addStretch(1);
    auto *buttons = new QDialogButtonBox(QDialogButtonBox::Cancel);
    buttons->button(QDialogButtonBox::Cancel)->setAutoDefault(false);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::close);
    foot->addWidget(buttons);
    auto *keep = new ActionButton(m_keep, ActionButton::Look::Filled);
    keep->setDefault(true);
    foot->addWidget(keep);

    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(px(16), px(12), px(16), px(12));
    column->setSpacing(px(12));
    column->addWidget(new Label(windowTitle(), Type::Object));
    column->addWidget(about);
    column->addWidget(scroll, 1);
    column->addWidget(m_refusal);
    column->addLayout(foot);
    update();
    resize(px(820), px(640));
}

/// What stands in the field while the user has chosen nothing.
QString ChoicesDialog::defaultOf(const Choice &choice) const
{
    return choice.detectsArchitectures ? QString() : choice.defaultValue;
}

void ChoicesDialog::addChoice(QGridLayout *grid, const Choice &choice)
{
    const int row = grid->rowCount();
    auto *words = new QVBoxLayout;
    words->setSpacing(px(1));
    auto *name = new Label(choice.name);
    auto *about = new Label(choice.description, Type::Secondary, Tone::Muted);
    about->setWordWrap(true);
    Field field;
    field.note = new Label({}, Type::Secondary, Tone::Accent);
    auto *title = new QHBoxLayout;
    title->setSpacing(px(8));
    title->addWidget(name);
    title->addWidget(field.note, 1);
    words->addLayout(title);
    words->addWidget(about);
    grid->addLayout(words, row, 0, Qt::AlignTop);

    auto *editor = new QHBoxLayout;
    editor->setSpacing(px(8));
    if (choice.values.isEmpty()) {
        field.line = new QLineEdit;
        field.line->setPlaceholderText(
            choice.detectsArchitectures     ? tr("those of the GPUs found, else %1").arg(choice.defaultValue)
            : choice.defaultValue.isEmpty() ? tr("empty, as by default")
                                            : tr("empty; the default is %1").arg(choice.defaultValue));
        editor->addWidget(field.line, 1);
    } else {
        field.list = new QComboBox;
        field.list->addItems(choice.values);
        editor->addWidget(field.list, 1);
    }
    QWidget *input = field.line ? static_cast<QWidget *>(field.line) : field.list;
    input->setAccessibleName(choice.name);
    input->setAccessibleDescription(choice.description);
    name->setBuddy(input);
    if (choice.isFolder) {
        auto *browse = new QAction(tr("Choose a folder for %1").arg(choice.name), this);
        browse->setIconText(tr("Browse…"));
        connect(browse, &QAction::triggered, this, [this, name = choice.name] { chooseFolder(name); });
        auto *button = new ActionButton(browse);
        button->setAutoDefault(false);
        editor->addWidget(button);
    }
    grid->addLayout(editor, row, 1, Qt::AlignTop);
    const QString value = choice.own.value_or(defaultOf(choice));
    if (field.line) {
        field.line->setText(value);
        field.line->setCursorPosition(0); // of a long one the beginning
        connect(field.line, &QLineEdit::textChanged, this, &ChoicesDialog::update);
    } else {
        field.list->setCurrentText(value);
        connect(field.list, &QComboBox::currentIndexChanged, this, &ChoicesDialog::update);
    }
    m_fields.append(field);
}

void ChoicesDialog::chooseFolder(const QString &name)
{
    auto *dialog = new QFileDialog(this, tr("A folder for %1").arg(name), entered(name));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::Directory);
    dialog->setOption(QFileDialog::ShowDirsOnly);
    connect(dialog, &QFileDialog::fileSelected, this, [this, name](const QString &folder) { enter(name, folder); });
    dialog->open();
}

static qsizetype placeOf(const QList<Choice> &choices, const QString &name)
{
    return std::ranges::find(choices, name, &Choice::name) - choices.begin();
}

QString ChoicesDialog::entered(const QString &name) const
{
    const Field field = m_fields.value(placeOf(m_environment.choices, name));
    return field.line ? field.line->text().trimmed() : field.list ? field.list->currentText() : QString();
}

void ChoicesDialog::enter(const QString &name, const QString &value)
{
    const Field field = m_fields.value(placeOf(m_environment.choices, name));
    if (field.line)
        field.line->setText(value);
    else if (field.list)
        field.list->setCurrentText(value);
}

ChosenValues ChoicesDialog::own() const
{
    ChosenValues own;
    for (const Choice &choice : m_environment.choices)
        if (const QString value = entered(choice.name); value != defaultOf(choice))
            own.append({choice.name, value});
    return own;
}

QString ChoicesDialog::problem() const
{
    return m_refusal->isHidden() ? QString() : m_problem->text();
}

/// Empty: it is the default.
QString ChoicesDialog::noteOf(const Choice &choice) const
{
    if (entered(choice.name) == defaultOf(choice))
        return {};
    return choice.detectsArchitectures     ? tr("yours; detected by default")
           : choice.defaultValue.isEmpty() ? tr("yours; empty by default")
                                           : tr("yours; by default %1").arg(choice.defaultValue);
}

void ChoicesDialog::update()
{
    for (qsizetype i = 0; i < m_fields.size(); ++i)
        m_fields[i].note->setText(noteOf(m_environment.choices[i]));
    m_defaults->setEnabled(!own().isEmpty());
    m_refusal->hide();
}

void ChoicesDialog::keep()
{
    m_keep->setEnabled(false);
    whenDone(m_environments.keepChoices(m_environment, own()), this, [this](const Result<void> &result) {
        m_keep->setEnabled(true);
        if (result) {
            Q_EMIT kept();
            close();
            return;
        }
        const Error &error = result.error();
        m_problem->setText(QStringList{error.message, error.remedy}.join(u' ').trimmed());
        m_refusal->show();
    });
}

} // namespace kernelyard
