package httpapi

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"net/http"
	"slices"

	"github.com/gin-gonic/gin"
)

//go:embed openapi.yaml
var openAPIDocument []byte

var problemPage = template.Must(template.New("problem").Parse(`<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>{{.Code}}</title></head>
<body>
<h1>{{.Title}}</h1>
<p><code>{{.Code}}</code>, HTTP status {{.Status}}</p>
<p>{{.Meaning}}</p>
</body>
</html>
`))

// documents answers /openapi.yaml and /problems.
type documents struct{ problems problems }

// openAPI is GET /openapi.yaml.
func (documents) openAPI(c *gin.Context) error {
	c.Data(http.StatusOK, "application/yaml", openAPIDocument)
	return nil
}

// explainProblem is GET /problems/{code}: the page that explains the type of a problem to a person.
func (d documents) explainProblem(c *gin.Context) error {
	i := slices.IndexFunc(table, func(row problem) bool { return row.code == c.Param("code") })
	if i < 0 {
		return errRouteNotFound
	}
	row := d.problems.configured(table[i])
	var page bytes.Buffer
	err := problemPage.Execute(&page, struct {
		Code, Title, Meaning string
		Status               int
	}{row.code, row.title, meanings[row.code], row.status})
	if err != nil {
		return fmt.Errorf("render problem page: %w", err)
	}
	c.Data(http.StatusOK, "text/html; charset=utf-8", page.Bytes())
	return nil
}
