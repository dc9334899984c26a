"""What the other tools of `docs.bench` run on the joined table, each in its own environment."""

PREPARE = """
import pandas as pd
from sklearn.model_selection import train_test_split
table = pd.read_csv("customers.csv")
features = pd.get_dummies(table.drop(columns="declined"), dtype=float)
features = features.fillna(features.median())
features.columns = [f"f{place}" for place in range(features.shape[1])]
x_train, x_test, y_train, y_test = train_test_split(
    features, table["declined"], stratify=table["declined"], random_state=0
)
"""
SHAPASH = f"""{PREPARE}
from sklearn.ensemble import ExtraTreesClassifier
from shapash import SmartExplainer
model = ExtraTreesClassifier(100, min_samples_leaf=4, random_state=0).fit(x_train, y_train)
explained = SmartExplainer(model=model)
explained.compile(x=x_test)
explained.generate_report(
    output_file="report.html", x_train=x_train, y_train=y_train, y_test=y_test
)
"""
MLJAR = f"""{PREPARE}
from supervised.automl import AutoML
AutoML(mode="Explain", results_path="automl", random_state=0).fit(x_train, y_train)
"""
YDATA = """
import pandas as pd
from ydata_profiling import ProfileReport
ProfileReport(pd.read_csv("customers.csv"), progress_bar=False).to_file("report.html")
"""
GRID = f"""{PREPARE}
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import RocCurveDisplay
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
linear = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
searches = [
    GridSearchCV(linear, {{"logisticregression__C": [0.3, 3]}}, scoring="roc_auc", cv=5),
    GridSearchCV(ExtraTreesClassifier(), {{"min_samples_leaf": [2, 4]}}, scoring="roc_auc", cv=5),
]
for search in searches:
    search.fit(x_train, y_train)
    RocCurveDisplay.from_estimator(search, x_test, y_test)
"""
NOTEBOOK = f"""
import nbformat
import nbconvert
import papermill
notebook = nbformat.v4.new_notebook(
    cells=[nbformat.v4.new_code_cell({GRID!r})],
    metadata={{"kernelspec": {{"name": "python3", "display_name": "Python"}}}},
)
nbformat.write(notebook, "source.ipynb")
papermill.execute_notebook("source.ipynb", "done.ipynb", progress_bar=False)
open("report.html", "w").write(nbconvert.HTMLExporter().from_filename("done.ipynb")[0])
"""
