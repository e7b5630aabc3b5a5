// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/models/machine.h"
#include "ui/models/settingsstore.h"
#include "ui/widgets/page.h"

#include <atomic>

class QButtonGroup;
class QCheckBox;
class QComboBox;
class QGridLayout;
class QListWidget;
class QSpinBox;
class QStackedWidget;

namespace kernelyard {

class Card;
class Label;

/// Sections at the left, one form at the right; every change applies at once.
class SettingsPage : public Page
{
    Q_OBJECT

public:
    /// \a standard are the folders before any setting moved them.
    SettingsPage(SettingsStore &settings, const Machine &machine, const Paths &standard, QWidget *parent = nullptr);
    ~SettingsPage() override;

    QList<QWidget *> regions() const override;
    void checkAgain() override;

    /// Bytes of all files below \a folder, -1 when it is not there. Blocks; stops early when \a stop is set.
    static qint64 sizeOf(const QString &folder, const std::atomic<bool> &stop);

Q_SIGNALS:
    void failed(const kernelyard::Error &error);
    void buildsRemoved(); ///< by cleaning up

protected:
    void showEvent(QShowEvent *event) override;

private:
    struct Folder
    {
        QString path;
        Label *pathLabel;
        Label *size;
    };

    Card *addSection(const QString &title, const QString &sub, Glyph glyph);
    void makeAppearance();
    void makeEngine();
    void makeFolders();
    void makeLog();
    void makeBuilds(); ///< and applyBuilds: settingspagebuilds.cpp
    void applyBuilds();
    int addFolder(QGridLayout *grid, const QString &name, const QString &path);
    void addReset(Card *card, const QString &what, const std::function<void(Settings &)> &reset);
    void apply();
    void listEngines();
    void measureFolders();
    void changeDataFolder();
    void makeRetention(Card *card);
    void applyRetention();
    void cleanUp();
    void takeDataFolder(const QString &folder);
    void openFolder(const QString &path);

    SettingsStore &m_settings;
    const Machine &m_machine;
    Paths m_standard;
    QListWidget *m_sections;
    QStackedWidget *m_forms;
    QButtonGroup *m_theme = nullptr;
    QButtonGroup *m_engine = nullptr;
    QGridLayout *m_engineGrid = nullptr;
    QSpinBox *m_buildsPerEngine = nullptr;
    QSpinBox *m_memoryBudget = nullptr;
    QList<std::pair<QCheckBox *, bool Settings::*>> m_buildChecks;
    QComboBox *m_logLevel = nullptr;
    QList<Folder> m_folders;
    int m_dataFolder = -1;
    Label *m_dataReason = nullptr;
    QComboBox *m_keepDays = nullptr;
    QComboBox *m_keepBytes = nullptr;
    std::shared_ptr<std::atomic<bool>> m_stop; ///< shared with the worker that measures: either may end first
};

} // namespace kernelyard
