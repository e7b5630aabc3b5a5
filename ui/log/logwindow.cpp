// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/log/logwindow.h"

#include "core/base/whendone.h"
#include "core/log/savelog.h"
#include "ui/models/wording.h"
#include "ui/widgets/actionbutton.h"
#include "ui/widgets/icon.h"
#include "ui/widgets/label.h"
#include "ui/widgets/logpane.h"
#include "ui/widgets/logview.h"
#include "ui/widgets/measure.h"

#include <QAction>
#include <QDir>
#include <QFileDialog>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QLocale>
#include <QShortcut>
#include <QVBoxLayout>
#include <QtConcurrent>

#include <algorithm>

namespace kernelyard {

using namespace Qt::StringLiterals;

LogWindow::LogWindow(const QString &file, QWidget *parent)
    : QWidget(parent, Qt::Window)
    , m_log(QFileInfo(file).absoluteFilePath())
    , m_pane(new LogPane(this))
    , m_facts(new Label({}, Type::Body, Tone::Muted))
    , m_trouble(new QWidget(this))
    , m_troubleWords(new Label({}, Type::Object))
    , m_remedy(new Label({}, Type::Body, Tone::Muted))
{
    setWindowTitle(tr("%1 · log").arg(QFileInfo(file).fileName()));
    setAutoFillBackground(true);
    resize(px(1100), px(760));
    auto *head = new QHBoxLayout;
    head->setContentsMargins(px(16), px(8), px(16), px(8));
    head->setSpacing(px(12));
    auto *name = new Label(QDir::toNativeSeparators(m_log.path()), Type::Object);
    name->setElideMode(Qt::ElideMiddle);
    head->addWidget(name);
    head->addWidget(m_facts);
    head->addStretch(1);
    auto *saveAction = new QAction(icon(Glyph::Export), tr("Save a copy…"), this);
    saveAction->setShortcut(QKeySequence::Save);
    connect(saveAction, &QAction::triggered, this, &LogWindow::save);
    addAction(saveAction);
    head->addWidget(new ActionButton(saveAction));

    auto *trouble = new QVBoxLayout(m_trouble);
    trouble->setContentsMargins(px(16), px(12), px(16), px(12));
    trouble->setSpacing(px(4));
    trouble->addWidget(m_troubleWords);
    trouble->addWidget(m_remedy);
    m_trouble->hide();

    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addLayout(head);
    column->addWidget(m_trouble);
    column->addWidget(m_pane, 1);

    LogView *view = m_pane->view();
    view->setSource(&m_log);
    view->setFollowing(false); // a file is read from its beginning
    view->setLinkMaker([this](qint64 line) { return QString(m_log.path() % u':' % QString::number(line + 1)); });
    connect(&m_log, &FileLog::factsChanged, this, &LogWindow::showFacts);
    connect(&m_log, &FileLog::failed, this, &LogWindow::showError);
    connect(m_pane, &LogPane::firstErrorAsked, this, &LogWindow::firstError);
    m_pane->hideTimes();
    makeActions();
    showFacts();
    view->setFocus(Qt::OtherFocusReason);
}

LogWindow::~LogWindow()
{
    m_pane->view()->setSource(nullptr); // the log goes before the view
}

/// The keys of a build's log.
void LogWindow::makeActions()
{
    const auto add = [this](const QKeySequence &keys, auto act) {
        auto *key = new QShortcut(keys, this);
        connect(key, &QShortcut::activated, this, act);
    };
    add(QKeySequence::Find, [this] { m_pane->openFind(); });
    add(Qt::Key_F3, [this] { m_pane->findNext(); });
    add(Qt::SHIFT | Qt::Key_F3, [this] { m_pane->findPrevious(); });
    add(Qt::CTRL | Qt::Key_F8, [this] { firstError(); });
    add(Qt::Key_F8, [this] { m_pane->view()->showNextError(1); });
    add(Qt::SHIFT | Qt::Key_F8, [this] { m_pane->view()->showNextError(-1); });
    add(Qt::Key_Escape, [this] { m_pane->closeFind(); });
    add(QKeySequence::Close, [this] { close(); });
}

QString LogWindow::facts() const
{
    QString text = m_log.count() == 1 ? tr("1 line") : tr("%1 lines").arg(countText(m_log.count()));
    text += u", " % QLocale().formattedDataSize(m_log.sizeBytes(), 1, QLocale::DataSizeSIFormat);
    if (m_log.isUnpacked())
        text += u" " % tr("unpacked");
    if (m_log.isIndexed() && m_log.sizeBytes() == 0)
        text = tr("The file is empty.");
    if (m_log.isGone())
        text += u" · " % tr("the file is gone, what was read is kept");
    else if (!m_log.isIndexed())
        text += u" · " % tr("reading");
    return text;
}

void LogWindow::showFacts()
{
    m_facts->setText(facts());
    if (m_wantedLine < 0 || (m_wantedLine >= m_log.count() && !m_log.isIndexed()))
        return;
    m_pane->view()->showLine(std::min(m_wantedLine, m_log.count() - 1));
    m_wantedLine = -1;
}

void LogWindow::showLine(qint64 line)
{
    m_wantedLine = line;
    showFacts();
}

void LogWindow::showError(const Error &error)
{
    m_facts->setVisible(m_log.bytes() != nullptr); // nothing was read of a file that can't be opened
    m_troubleWords->setText(error.message);
    const QString remedy = error.remedy.isEmpty() && error.kind == ErrorKind::NotFound
                               ? tr("Look for a slip in its name, then open it again.")
                               : error.remedy;
    m_remedy->setText(remedy);
    m_remedy->setVisible(!remedy.isEmpty());
    m_trouble->show();
}

void LogWindow::firstError()
{
    if (const qint64 line = m_log.errors().next(0); line >= 0)
        m_pane->view()->showLine(line);
}

void LogWindow::save()
{
    auto *dialog = new QFileDialog(this, tr("Save a copy of %1").arg(QFileInfo(m_log.path()).fileName()));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    dialog->selectFile(m_log.textName());
    connect(dialog, &QFileDialog::fileSelected, this, &LogWindow::write);
    dialog->open();
}

void LogWindow::write(const QString &file)
{
    const QByteArray rest =
        m_log.count() > m_log.endedCount() ? m_log.text(m_log.count() - 1).toByteArray() : QByteArray();
    const auto work = [file, bytes = m_log.bytes(), length = m_log.endedBytes(), rest] {
        return saveLog(file, bytes.get(), length, rest);
    };
    whenDone(QtConcurrent::run(work), this, [this](const Result<void> &saved) {
        if (!saved)
            showError(saved.error());
    });
}

} // namespace kernelyard
