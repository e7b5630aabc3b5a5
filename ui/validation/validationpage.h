// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/models/environments.h"
#include "ui/models/launcher.h"
#include "ui/models/machine.h"
#include "ui/models/settingsstore.h"
#include "ui/validation/validationfollower.h"
#include "ui/validation/validationruns.h"
#include "ui/validation/verdictwords.h"
#include "ui/widgets/page.h"

class QBoxLayout;
class QStackedWidget;

namespace kernelyard {

class CasesCard;
class ChoiceBox;
class ControlsStrip;
class EmptyState;
class FiguresPane;
class RungStrip;
class VerdictCard;

/// What the page works on; all outlive it.
struct ValidationPageSources
{
    const Machine &machine;
    const Environments &environments;
    BuildStore &builds;
    Launcher &launcher;
    const SettingsStore &settings;
    Paths paths;
};

/// Whether what was built computes the right numbers.
class ValidationPage : public Page
{
    Q_OBJECT

public:
    explicit ValidationPage(const ValidationPageSources &sources, QWidget *parent = nullptr);
    ~ValidationPage() override;

    QList<QWidget *> regions() const override;
    void checkAgain() override;
    void showEnvironment(const QString &name);
    const ValidationFollower *shown() const { return m_shown.get(); }

protected:
    void resizeEvent(QResizeEvent *event) override;
    void showEvent(QShowEvent *event) override;

Q_SIGNALS:
    void buildAsked(kernelyard::BuildId id);
    void failed(const kernelyard::Error &error);

private:
    void makeScopes();
    void makeActions();
    void arrange();
    void readEnvironments();
    void readRuns();
    void listRuns();
    void showRun(BuildId id);
    void runChanged();
    void showWords(const ValidationRun &run);
    void updateFigures();
    void runSelectedAgain();
    void compare();
    void updateActions();
    void start(const QStringList &suiteArguments);
    void askCancel();
    void cancel(BuildId id);
    void exportRun();
    QString environmentName() const;
    QString whyNotNow() const;
    const BuildSummary *shownBuild() const;
    RunProgress progress() const;
    bool isRunning() const;
    bool isBeingRead() const;

    ValidationPageSources m_with;
    ValidationRuns m_runs;
    ChoiceBox *m_environment;
    ChoiceBox *m_run;
    QAction *m_export;
    QAction *m_quick;
    QAction *m_suite;
    QAction *m_cancel;
    QAction *m_showBuild;
    QAction *m_again;
    QAction *m_compare;
    VerdictCard *m_verdict;
    RungStrip *m_rungs;
    CasesCard *m_cases;
    ControlsStrip *m_controls;
    FiguresPane *m_figures;
    QBoxLayout *m_middle;
    EmptyState *m_empty;
    QStackedWidget *m_stack;
    std::unique_ptr<ValidationFollower> m_shown;
    BuildId m_chosen;               ///< by the user, of the list; else the newest of the whole suite is followed
    bool m_choosesLaunched = false; ///< what is being started is a part that the user asked to see
};

} // namespace kernelyard
