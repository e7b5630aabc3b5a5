// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/devcontainer/devcontainersources.h"
#include "ui/models/launcher.h"
#include "ui/widgets/theme.h"

#include <QDialog>

class QVBoxLayout;

namespace kernelyard {

class Badge;
class BuildStore;
class DiffView;
class Label;
class StateLine;

/// The dev container of one environment and checkout: what writing it would change, shown before anything is written;
/// then the container itself. It is started as a build, which goes on when this dialog is closed.
class DevContainerDialog : public QDialog
{
    Q_OBJECT

public:
    struct Subject
    {
        Environment environment;
        Engine engine;
        QString folder; ///< of the checkout
    };
    DevContainerDialog(const Subject &subject, const DevContainerSources &sources, Launcher &launcher,
                       BuildStore &builds, QWidget *parent = nullptr);

    DiffView *diff() const { return m_diff; }
    QAction *writeAction() const { return m_write; }
    QAction *upAction() const { return m_up; }
    QAction *stopAction() const { return m_stop; }
    QAction *rebuildAction() const { return m_rebuild; }
    QAction *codeAction() const { return m_code; }
    QAction *terminalAction() const { return m_terminal; }
    QString fact() const;    ///< of the container
    QString outcome() const; ///< of the last thing that was asked for

Q_SIGNALS:
    void buildAsked(kernelyard::BuildId id);

protected:
    void changeEvent(QEvent *event) override;

private:
    void makeActions();
    QWidget *makeFoot();
    void read();
    void take(const Result<DevContainerView> &view);
    void showNotes(const DevContainerView &view);
    void addNote(std::optional<State> state, const QString &text);
    void updateActions();
    void updateFact();
    void tell(std::optional<State> state, const QString &text, const QString &remedy = {});
    void tell(const Error &error);

    void write();
    void start(DevContainerStart start);
    void stop();
    void openBy(const std::function<Result<Command>(const DevContainerRequest &)> &how, const QString &done);
    void launched(const QString &environment, BuildId id);
    void refused(const QString &environment, const Error &error);
    void buildsRead();

    Subject m_subject;
    DevContainerSources m_sources;
    Launcher &m_launcher;
    BuildStore &m_builds;
    std::optional<DevContainerView> m_view;
    bool m_isBusy = false;
    bool m_isStarting = false;
    BuildId m_build;  ///< that starts it now
    BuildId m_latest; ///< the last one that did
    Badge *m_badge;
    StateLine *m_fact;
    Label *m_summary;
    QVBoxLayout *m_notes;
    DiffView *m_diff;
    QWidget *m_outcome;
    StateLine *m_outcomeState;
    Label *m_said, *m_remedy;
    QAction *m_write, *m_up, *m_rebuild, *m_stop, *m_code, *m_terminal, *m_showBuild;
};

} // namespace kernelyard
